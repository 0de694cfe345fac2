/** The page's entry: what runs when the browser has loaded it. */
document.documentElement.dataset['ready'] = 'true';
